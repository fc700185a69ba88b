"""How many cycles a frame may take on the STM32H743: an estimate, with the range that its unknowns leave.

``trace``: what the flashed image executes and reads on the virtual board. ``pipeline``: cycles of each basic block.
``memory``: what caches and memories add. ``estimate``: both together, by stage of the path of a frame.
"""
