"""Documents: a draft in, a file out. The only importer of python-docx, openpyxl and matplotlib."""
