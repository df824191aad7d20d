//! HTTP/1.1 over one connection that is kept open: as little of it as a load needs, because the load shares its machine
//! with the server that is measured.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any answer may take; a server that hangs ends the measurement.
const PATIENCE: Duration = Duration::from_secs(120);

/// The largest answer that is read.
const LARGEST: u64 = 64 << 20;

#[derive(Debug)]
pub(super) struct Connection {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Response {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(own, _)| own == name);
        header.map(|(_, value)| value.as_str())
    }
}

impl Connection {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// `headers` are lines that each end in a line break of HTTP.
    pub(super) fn get(&mut self, path: &str, headers: &str) -> Result<Response, String> {
        self.send(
            &format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", self.address),
            &[],
        )
    }

    pub(super) fn post(&mut self, path: &str, headers: &str, body: &[u8]) -> Result<Response, String> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        self.send(&head, body)
    }

    fn send(&mut self, head: &str, body: &[u8]) -> Result<Response, String> {
        let was_open = self.stream.is_some();
        let mut outcome = self.exchange(head, body);
        // A server closes a connection on which nothing came for a while, and reads nothing of what comes then.
        if was_open && outcome.as_ref().is_err_and(is_closed) {
            self.stream = None;
            outcome = self.exchange(head, body);
        }
        if outcome.is_err() {
            self.stream = None;
        }
        outcome.map_err(|error| {
            let line = head.lines().next().unwrap_or_default();
            format!("{line}: {error}")
        })
    }

    fn exchange(&mut self, head: &str, body: &[u8]) -> io::Result<Response> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                self.stream.insert(BufReader::with_capacity(16 << 10, stream))
            }
        };
        // One packet for the head and the beginning of the body: two would wait for each other.
        let slices = [io::IoSlice::new(head.as_bytes()), io::IoSlice::new(body)];
        let written = stream.get_mut().write_vectored(&slices)?;
        if written < head.len() {
            stream.get_mut().write_all(&head.as_bytes()[written..])?;
        }
        stream
            .get_mut()
            .write_all(&body[written.saturating_sub(head.len())..])?;
        let response = read(stream)?;
        if response
            .header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
        {
            self.stream = None;
        }
        Ok(response)
    }
}

fn is_closed(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        error.kind(),
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof
    )
}

fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Response> {
    let status_line = line(stream)?;
    let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| malformed(&status_line))?;
    let mut headers = Vec::new();
    loop {
        let line = line(stream)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| malformed(&line))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut response = Response {
        status,
        headers,
        body: Vec::new(),
    };
    if response
        .header("transfer-encoding")
        .is_some_and(|value| value.contains("chunked"))
    {
        loop {
            let size = line(stream)?;
            let size = u64::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)
                .map_err(|_| malformed(&size))?;
            append(stream, size, &mut response.body)?;
            line(stream)?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = response.header("content-length") {
        let length = length.parse().map_err(|_| malformed(length))?;
        append(stream, length, &mut response.body)?;
    }
    Ok(response)
}

fn append(stream: &mut BufReader<TcpStream>, length: u64, body: &mut Vec<u8>) -> io::Result<()> {
    if length + body.len() as u64 > LARGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the answer is too large"));
    }
    let read = stream.take(length).read_to_end(body)?;
    if (read as u64) < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

fn line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = Vec::new();
    stream.take(64 << 10).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    String::from_utf8(line).map_err(|_| malformed("a line"))
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: {what:?}"))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Answers requests on one connection with these texts, and gives what it was sent.
    fn answers(texts: &'static [&'static str]) -> (SocketAddr, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut seen = Vec::new();
            for text in texts {
                let mut buffer = [0; 4096];
                let read = stream.read(&mut buffer).unwrap();
                seen.extend_from_slice(&buffer[..read]);
                stream.write_all(text.as_bytes()).unwrap();
            }
            String::from_utf8(seen).unwrap()
        });
        (address, thread)
    }

    #[test]
    fn one_connection_serves_several_requests() {
        let (address, server) = answers(&[
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Name: a value\r\n\r\nok",
            "HTTP/1.1 503 Service Unavailable\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
        ]);
        let mut connection = Connection::new(address);
        let first = connection.post("/a", "X: y\r\n", b"body").unwrap();
        assert_eq!(
            (first.status, first.body.as_slice(), first.header("x-name")),
            (200, &b"ok"[..], Some("a value"))
        );
        let second = connection.get("/b", "").unwrap();
        assert_eq!((second.status, second.body.as_slice()), (503, &b"abcde"[..]));
        assert_eq!(
            server.join().unwrap(),
            format!(
                "POST /a HTTP/1.1\r\nHost: {address}\r\nX: y\r\nContent-Length: 4\r\n\r\nbody\
                 GET /b HTTP/1.1\r\nHost: {address}\r\n\r\n"
            )
        );
    }

    #[test]
    fn a_torn_answer_is_an_error_that_names_the_request() {
        let (address, _server) = answers(&["HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok"]);
        let error = Connection::new(address).get("/b", "").unwrap_err();
        assert!(error.starts_with("GET /b HTTP/1.1: "), "{error}");
    }
}
