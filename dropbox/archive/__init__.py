"""Mail kept in files: .eml, mbox, Maildir and folders of them, read one mail at a time.

`items.Archive` is the way in; `importing.Import` takes what it finds down the road. No database.
"""
