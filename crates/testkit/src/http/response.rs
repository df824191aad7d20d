use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

/// More than any answer that a test waits for.
const LARGEST_HEAD: u64 = 256 * 1024;
const LARGEST_BODY: u64 = 64 * 1024 * 1024;

/// An answer, its body freed of chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// In the order and case in which they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The value of a cookie that the answer sets; empty when it takes the cookie back.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let set = self
            .headers
            .iter()
            .filter(|(found, _)| found.eq_ignore_ascii_case("set-cookie"));
        set.filter_map(|(_, cookie)| cookie.split(';').next()?.trim().split_once('='))
            .find_map(|(found, value)| (found == name).then_some(value))
    }

    /// The body for people: what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("status {}, no JSON ({error}): {}", self.status, self.text()))
    }

    /// Fails the test unless the status is this one.
    #[track_caller]
    pub fn assert_status(self, expected: u16) -> Self {
        assert_eq!(self.status, expected, "the body: {}", self.text());
        self
    }

    /// Reads one answer; `to_head` when it answers a HEAD request, and so has no body whatever its headers say.
    pub(super) async fn read(from: &mut (impl AsyncBufRead + Unpin), to_head: bool) -> io::Result<Self> {
        loop {
            let (status, headers) = read_head(from).await?;
            let mut response = Self {
                status,
                headers,
                body: Vec::new(),
            };
            match status {
                101 => return Ok(response),
                100..200 => {} // "continue", and the like: the answer is still to come
                204 | 304 => return Ok(response),
                _ if to_head => return Ok(response),
                _ => {
                    response.body = response.read_body(from).await?;
                    return Ok(response);
                }
            }
        }
    }

    async fn read_body(&self, from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Vec<u8>> {
        if let Some(coding) = self.header("transfer-encoding") {
            return match coding.eq_ignore_ascii_case("chunked") {
                true => read_chunks(from).await,
                false => Err(invalid(format!("transfer-encoding {coding:?}"))),
            };
        }
        let mut body = Vec::new();
        match self.header("content-length") {
            Some(length) => {
                let length = length
                    .parse()
                    .map_err(|_| invalid(format!("content-length {length:?}")))?;
                read_exactly(from, length, &mut body).await?;
            }
            None => {
                from.take(LARGEST_BODY + 1).read_to_end(&mut body).await?;
                if body.len() as u64 > LARGEST_BODY {
                    return Err(invalid("the body is too long"));
                }
            }
        }
        Ok(body)
    }
}

async fn read_head(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<(u16, Vec<(String, String)>)> {
    let mut left = LARGEST_HEAD;
    let line = read_line(from, &mut left).await?;
    let status = line
        .strip_prefix("HTTP/1.1 ")
        .or_else(|| line.strip_prefix("HTTP/1.0 "))
        .and_then(|rest| rest.get(..3)?.parse().ok())
        .ok_or_else(|| invalid(format!("status line {line:?}")))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(from, &mut left).await?;
        if line.is_empty() {
            return Ok((status, headers));
        }
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| invalid(format!("header {line:?}")))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

async fn read_chunks(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    let mut left = LARGEST_HEAD + LARGEST_BODY;
    loop {
        let line = read_line(from, &mut left).await?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| invalid(format!("chunk size {line:?}")))?;
        if size == 0 {
            while !read_line(from, &mut left).await?.is_empty() {} // trailers
            return Ok(body);
        }
        read_exactly(from, size, &mut body).await?;
        if !read_line(from, &mut left).await?.is_empty() {
            return Err(invalid("a chunk is longer than its size"));
        }
    }
}

async fn read_exactly(from: &mut (impl AsyncBufRead + Unpin), length: u64, into: &mut Vec<u8>) -> io::Result<()> {
    if length.saturating_add(into.len() as u64) > LARGEST_BODY {
        return Err(invalid("the body is too long"));
    }
    let read = from.take(length).read_to_end(into).await?;
    if (read as u64) < length {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("{read} of {length} bytes"),
        ));
    }
    Ok(())
}

/// A line without its end.
async fn read_line(from: &mut (impl AsyncBufRead + Unpin), left: &mut u64) -> io::Result<String> {
    let mut line = Vec::new();
    let read = from.take(*left).read_until(b'\n', &mut line).await?;
    *left -= read as u64;
    if line.pop() != Some(b'\n') {
        let kind = io::ErrorKind::UnexpectedEof;
        return Err(io::Error::new(
            kind,
            format!("the connection ended after {:?}", String::from_utf8_lossy(&line)),
        ));
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    String::from_utf8(line).map_err(|_| invalid("a line is not UTF-8"))
}

fn invalid(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &str) -> io::Result<Response> {
        Response::read(&mut bytes.as_bytes(), false).await
    }

    #[tokio::test]
    async fn a_body_ends_with_its_length_its_last_chunk_or_the_connection() {
        let by_length = read("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntollbell")
            .await
            .unwrap();
        assert_eq!((by_length.status, by_length.text().as_str()), (200, "toll"));
        let chunked = read(
            "HTTP/1.1 413 Too Large\r\nTRANSFER-encoding: chunked\r\n\r\n2;x=y\r\nto\r\n2\r\nll\r\n0\r\nT: 1\r\n\r\nbell",
        );
        let chunked = chunked.await.unwrap();
        assert_eq!((chunked.status, chunked.text().as_str()), (413, "toll"));
        let to_the_end = read("HTTP/1.0 500 No\r\nServer: x\r\n\r\ntoll").await.unwrap();
        assert_eq!((to_the_end.status, to_the_end.text().as_str()), (500, "toll"));
    }

    #[tokio::test]
    async fn an_interim_answer_is_passed_over() {
        let answer = read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n");
        assert_eq!(answer.await.unwrap().status, 204);
    }

    #[tokio::test]
    async fn the_answer_to_head_has_no_body() {
        let bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
        let answer = Response::read(&mut bytes.as_bytes(), true).await.unwrap();
        assert_eq!(answer.header("content-length"), Some("9"));
        assert!(answer.body.is_empty());
    }

    #[tokio::test]
    async fn cookies_are_found_by_name() {
        let answer = read("HTTP/1.1 200 OK\r\nSet-Cookie: a=1=2; Path=/; HttpOnly\r\nset-cookie: b=\r\n\r\n")
            .await
            .unwrap();
        assert_eq!(
            (answer.cookie("a"), answer.cookie("b"), answer.cookie("Path")),
            (Some("1=2"), Some(""), None)
        );
    }

    #[tokio::test]
    async fn broken_answers_are_errors() {
        for broken in [
            "",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/2 200\r\n\r\n",
            "HTTP/1.1 2x0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntoll",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntoll\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        ] {
            assert!(read(broken).await.is_err(), "{broken:?}");
        }
    }
}
