"""People and ball found by Ultralytics YOLO (the extra `[yolo]`, under the AGPL-3.0)."""
