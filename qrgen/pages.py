"""
The pages of a finished PDF as grey pixels, as a printer would put them on paper.

pdfium is called directly: the helpers of pypdfium2 take longer to load than a dozen pages to
draw, and make new pixels for each page where the last one's can be drawn over.
"""
import ctypes
from pathlib import Path
from types import TracebackType

import pypdfium2_raw as pdfium  # type: ignore[import-untyped]

from qrgen.finder import Grey

# 100 dpi is 15 pixels a module on an A4 poster; more only costs time.
CHECK_DPI = 100

_WHITE = 0xFFFFFFFF


class Pages:
    """
    The pages of the PDF at *path*, for use in a ``with``.

    Raises:
        ValueError: pdfium cannot read it.
    """

    def __init__(self, path: Path) -> None:
        pdfium.FPDF_InitLibrary()  # again does nothing
        self._path = path
        self._file = path.read_bytes()  # pdfium reads from it until the end
        self._document = pdfium.FPDF_LoadMemDocument64(self._file, len(self._file), None)
        if not self._document:
            raise ValueError(f"{path}: not a PDF, says pdfium ({pdfium.FPDF_GetLastError()})")
        self._pixels = bytearray()

    def __len__(self) -> int:
        return int(pdfium.FPDF_GetPageCount(self._document))

    def grey(self, number: int, dpi: float = CHECK_DPI) -> Grey:
        """
        Draw page *number*, counted from 0; it is drawn over by the next one.

        Raises:
            ValueError: pdfium cannot read that page.
        """
        page = pdfium.FPDF_LoadPage(self._document, number)
        if not page:
            raise ValueError(f"{self._path}: page {number + 1} cannot be read")
        try:
            width = round(pdfium.FPDF_GetPageWidthF(page) * dpi / 72)
            height = round(pdfium.FPDF_GetPageHeightF(page) * dpi / 72)
            if len(self._pixels) != width * height:
                self._pixels = bytearray(width * height)
            start = (ctypes.c_char * len(self._pixels)).from_buffer(self._pixels)
            bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_Gray, start, width)
            try:
                pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, _WHITE)
                pdfium.FPDF_RenderPageBitmap(
                    bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT | pdfium.FPDF_GRAYSCALE
                )
            finally:
                pdfium.FPDFBitmap_Destroy(bitmap)
        finally:
            pdfium.FPDF_ClosePage(page)
        return memoryview(self._pixels).cast("B", (height, width))

    def __enter__(self) -> "Pages":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pdfium.FPDF_CloseDocument(self._document)
