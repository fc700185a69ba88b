"""A window with one text field of GTK 3. Runs under the system's Python, which is the one that has GTK.

It writes JSON lines: {"window": XID} once it is there, {"key": hardware keycode} for every key that
types nothing, and {"text": what is in the field} when Enter is pressed, which also empties the field.
"""

import json

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("GdkX11", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GdkX11, Gtk  # noqa: E402, F401


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def activated(entry: Gtk.Entry) -> None:
    text = entry.get_text()
    entry.set_text("")
    say(text=text)


def pressed(_: Gtk.Window, event: Gdk.EventKey) -> bool:
    if Gdk.keyval_to_unicode(event.keyval) == 0:
        say(key=event.hardware_keycode)
    return False


window = Gtk.Window()
field = Gtk.Entry()
field.set_max_length(0)
field.connect("activate", activated)
window.add(field)
window.connect("key-press-event", pressed)
window.connect("map-event", lambda *_: say(window=window.get_window().get_xid()))
window.show_all()
field.grab_focus()
Gtk.main()
