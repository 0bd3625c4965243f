"""Likely label errors of annotated documents, the likeliest first.

Four methods report signals (``model``, ``layers``, ``surfaces``, ``edges``); ``scoring`` combines
them into one list of suspects. The same documents and random seed give the same list.
"""
