"""Files out and in: a table and its writers, and the reader of CSV files and workbooks. No database, no Flask."""

from training_app.files.csv_writer import write_csv
from training_app.files.days import BadDay, parse_day
from training_app.files.formats import FORMATS, FORMATS_OF_TABLES, Format, UnknownFormat, format_named
from training_app.files.json_writer import write_json
from training_app.files.pdf_writer import PDF_TYPE, CannotBePrinted, set_pdf
from training_app.files.printed import Printed, PrintedColumn, Section, printed_table
from training_app.files.quoting import harmless, quoted
from training_app.files.reader import read_sheet, text_of
from training_app.files.sheet import Row, RowError, Sheet, UnreadableFile
from training_app.files.table import Column, Table
from training_app.files.workbook_to_fill import ToFill, write_to_fill
from training_app.files.xlsx_writer import write_xlsx

__all__ = [
    "FORMATS",
    "FORMATS_OF_TABLES",
    "PDF_TYPE",
    "BadDay",
    "CannotBePrinted",
    "Column",
    "Format",
    "Printed",
    "PrintedColumn",
    "Row",
    "RowError",
    "Section",
    "Sheet",
    "Table",
    "ToFill",
    "UnknownFormat",
    "UnreadableFile",
    "format_named",
    "harmless",
    "parse_day",
    "printed_table",
    "quoted",
    "read_sheet",
    "set_pdf",
    "text_of",
    "write_csv",
    "write_json",
    "write_to_fill",
    "write_xlsx",
]
