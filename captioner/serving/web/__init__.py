"""What the browser and programs see: requests come in; pages, pictures and JSON leave."""
