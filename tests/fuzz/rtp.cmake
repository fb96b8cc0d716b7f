# fuzz targets of rtp
