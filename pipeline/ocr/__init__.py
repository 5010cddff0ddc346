"""Reading: the words of a cleaned page, with boxes and confidences."""
