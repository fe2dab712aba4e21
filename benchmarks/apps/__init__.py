"""What is put behind the web server: each module makes one ASGI application."""
