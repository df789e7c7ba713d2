"""`python -m telltale` is the command line."""

from telltale.cli import main

if __name__ == "__main__":
    main()
