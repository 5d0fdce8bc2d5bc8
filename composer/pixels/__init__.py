"""Arrays in, arrays out; numpy and OpenCV only, no files, no models."""
