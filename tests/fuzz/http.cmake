# fuzz targets of http
