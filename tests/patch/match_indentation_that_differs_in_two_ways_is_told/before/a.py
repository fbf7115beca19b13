if a:
      x = 1
    # odd
