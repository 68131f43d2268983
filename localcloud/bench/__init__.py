"""The benchmark: how long, how much CPU, memory and how many calls a number of environments takes. It prints, only."""
