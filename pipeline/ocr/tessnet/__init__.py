"""Tesseract's recognizer of lines: its file of weights, its network as an ONNX model, its picture of a line."""
