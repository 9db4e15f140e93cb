"""What harmed the child and how, what the child knows of pictures, and the screening that is asked of professionals."""
