"""What the browser and programs see: connections and requests come in; pages, pictures and JSON leave."""
