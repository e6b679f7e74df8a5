"""Mail that nobody sent, to find what the reader does not bear.

python -m fuzz [FOLDER] [--minutes N] | --judge FILE...
"""
