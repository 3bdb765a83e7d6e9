//! The MySQL wire: listening, logging in, one task per connection.
