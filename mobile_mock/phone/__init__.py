"""The associate's phone app: plain ES modules, served as files. It knows the API only by its wire contract."""
