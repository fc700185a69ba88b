"""A gesture of one's own, or one's own hand: the shipped model trained further on captures, in minutes.

`lesson.teach` does it all; the command is ``emojicam teach``.
"""
