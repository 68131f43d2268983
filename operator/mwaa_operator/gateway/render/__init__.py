"""What a gateway and its routes are as a file of BPG: the same set always gives the same bytes. Pure."""
