"""The site of ``docs/``: what of it is made from the code, so that nobody types it twice.

`hooks` is what MkDocs calls; `pages` lists what is made. Needs the docs extra.
"""
