"""Small int8 models, made here, that cover what the kernels can be given."""
