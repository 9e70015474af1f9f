"""`python -m pipeline VERB`: the same as `wire VERB`, for processes that we start ourselves."""

from pipeline.cli.main import main

if __name__ == "__main__":
    main()
