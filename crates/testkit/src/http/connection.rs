use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use super::{Request, Response};

/// One connection, for what a well-behaved client does not do: broken bytes, pauses, half a request, several requests at
/// once. Every step has the time limit.
#[derive(Debug)]
pub struct Connection {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    limit: Duration,
}

impl Connection {
    pub async fn open(address: SocketAddr, limit: Duration) -> io::Result<Self> {
        let stream = within(limit, TcpStream::connect(address)).await?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        Ok(Self {
            reader: BufReader::new(reader),
            writer,
            limit,
        })
    }

    /// Sends a request and reads the answer. A server may answer, and close, before it has all of the request (too large
    /// a body): the answer counts then, not that the rest could not be sent.
    pub async fn send(&mut self, request: &Request) -> io::Result<Response> {
        let bytes = request.to_bytes();
        let Self { reader, writer, limit } = self;
        let answer = async {
            let (mut sent, mut answer) = (None, None);
            {
                let mut sending = std::pin::pin!(writer.write_all(&bytes));
                let mut receiving = std::pin::pin!(Response::read(reader, request.method == "HEAD"));
                while answer.is_none() {
                    tokio::select! {
                        done = &mut sending, if sent.is_none() => sent = Some(done),
                        done = &mut receiving => answer = Some(done),
                    }
                }
            }
            match (answer.expect("the loop ended with one"), sent) {
                (Err(_), Some(Err(error))) => Err(error), // the reason why there is no answer
                (answer, _) => answer,
            }
        };
        within(*limit, answer).await
    }

    /// Sends bytes as they are.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        within(self.limit, self.writer.write_all(bytes)).await
    }

    /// Sends bytes in pieces with a pause after each, as a slow client does. The time limit holds for each piece.
    pub async fn write_slowly(&mut self, bytes: &[u8], piece: usize, pause: Duration) -> io::Result<()> {
        for piece in bytes.chunks(piece) {
            self.write(piece).await?;
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    /// Reads one answer (not of a HEAD request).
    pub async fn read_response(&mut self) -> io::Result<Response> {
        within(self.limit, Response::read(&mut self.reader, false)).await
    }

    /// Says that nothing more will be sent, while answers can still be read.
    pub async fn finish_sending(&mut self) -> io::Result<()> {
        within(self.limit, self.writer.shutdown()).await
    }

    /// Waits until the server has closed the connection, and gives what came before; an error when it does not.
    pub async fn read_to_end(&mut self) -> io::Result<Vec<u8>> {
        let mut rest = Vec::new();
        let read = within(self.limit, self.reader.read_to_end(&mut rest)).await;
        match read {
            Ok(_) => Ok(rest),
            // Closed as well: the server had not read all that we sent.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(rest),
            Err(error) => Err(error),
        }
    }
}

async fn within<T>(limit: Duration, step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match tokio::time::timeout(limit, step).await {
        Ok(done) => done,
        Err(_) => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("not done within {limit:?}"),
        )),
    }
}
