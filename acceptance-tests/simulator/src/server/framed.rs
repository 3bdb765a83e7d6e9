//! Whole packets over a socket.

use std::io;

use bytes::BytesMut;
use mysql_common::proto::codec::PacketCodec;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Statements are small; what announces more than this is not a client.
const MAX_PACKET: usize = 16 * 1024 * 1024;

/// A socket that carries packets.
pub(super) struct Framed {
    stream: TcpStream,
    codec: PacketCodec,
    input: BytesMut,
}

impl Framed {
    pub(super) fn new(stream: TcpStream) -> Self {
        let mut codec = PacketCodec::default();
        codec.max_allowed_packet = MAX_PACKET;
        Self {
            stream,
            codec,
            input: BytesMut::new(),
        }
    }

    /// The next command: packets are numbered anew.
    pub(super) async fn read_command(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.codec.reset_seq_id();
        self.read().await
    }

    /// The next packet; `None` when the client has hung up between packets.
    pub(super) async fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut packet = Vec::new();
        loop {
            if self
                .codec
                .decode(&mut self.input, &mut packet)
                .map_err(io::Error::other)?
            {
                return Ok(Some(packet));
            }
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Writes packets in one go.
    pub(super) async fn write(&mut self, packets: &[Vec<u8>]) -> io::Result<()> {
        let output = self.encoded(packets)?;
        self.stream.write_all(&output).await
    }

    /// Writes the first half of the bytes alone, as when the connection breaks on the way.
    pub(super) async fn write_half(&mut self, packets: &[Vec<u8>]) -> io::Result<()> {
        let output = self.encoded(packets)?;
        self.stream.write_all(&output[..output.len() / 2]).await
    }

    fn encoded(&mut self, packets: &[Vec<u8>]) -> io::Result<BytesMut> {
        let mut output = BytesMut::new();
        for packet in packets {
            self.codec
                .encode(&mut packet.as_slice(), &mut output)
                .map_err(io::Error::other)?;
        }
        Ok(output)
    }
}
