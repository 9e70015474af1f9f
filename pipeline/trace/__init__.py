"""The walk of one story through the topics: found with as little reading as its times allow."""
