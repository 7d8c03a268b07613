"""Parts of `captioner evaluate`: options and files of one kind of data or figure come in; a `Result` leaves."""
