# fuzz targets of sdp
