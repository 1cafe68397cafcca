"""What builds the layer, the page and the API document."""
