if a:
  x = 2
    # odd
