//! Whole packets over a socket.

use std::io;

use bytes::BytesMut;
use mysql_common::proto::codec::PacketCodec;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

/// Statements are small; what announces more than this is not a client.
const MAX_PACKET: usize = 16 * 1024 * 1024;

/// Bytes in both directions, encrypted or not.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A socket that carries packets.
pub(super) struct Framed {
    stream: Box<dyn Stream>,
    codec: PacketCodec,
    input: BytesMut,
}

impl Framed {
    pub(super) fn new(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        let mut codec = PacketCodec::default();
        codec.max_allowed_packet = MAX_PACKET;
        Self {
            stream: Box::new(stream),
            codec,
            input: BytesMut::new(),
        }
    }

    /// The same socket, encrypted from here on; packets go on to be numbered.
    pub(super) async fn encrypted(self, acceptor: &TlsAcceptor) -> io::Result<Self> {
        let Self { stream, codec, input } = self;
        // The client need not wait for an answer to its request: its next bytes may have come along with it.
        let (read, write) = tokio::io::split(stream);
        let read = io::Cursor::new(input.freeze()).chain(read);
        let stream = acceptor.accept(tokio::io::join(read, write)).await?;
        Ok(Self {
            stream: Box::new(stream),
            codec,
            input: BytesMut::new(),
        })
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
        self.stream.write_all(&output).await?;
        self.stream.flush().await
    }

    /// Writes the first half of the bytes alone, as when the connection breaks on the way.
    pub(super) async fn write_half(&mut self, packets: &[Vec<u8>]) -> io::Result<()> {
        let output = self.encoded(packets)?;
        self.stream.write_all(&output[..output.len() / 2]).await?;
        self.stream.flush().await
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
