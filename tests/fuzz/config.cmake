# fuzz targets of config
