print("hyperrl")
