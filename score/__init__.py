"""How well real mail is read, beside other readers in the same run.

python -m score [FOLDER] [--details] [--json] [--no-speed]
"""
