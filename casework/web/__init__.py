"""The base design: pages, components, forms, style and script."""
