"""USB over a network connection: the device as something that a virtual machine can be given."""
