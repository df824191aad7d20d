/// A request as it goes over the wire. Nothing is added: what a server needs (`Host`, `Content-Length`) has to be there,
/// or left out on purpose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// In this order and case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Sends the body chunked, in pieces of these sizes; what they do not cover follows in one more. The caller sets the
    /// `Transfer-Encoding`.
    pub chunk_sizes: Option<Vec<usize>>,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            ..Self::default()
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body, and its length as a header.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.header("Content-Length", &length)
    }

    /// Sets the body to the fields of a form, in order.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        self.header("Content-Type", "application/x-www-form-urlencoded")
            .body(fields.join("&"))
    }

    /// Sets the body, to be sent chunked.
    pub fn chunked(mut self, body: impl Into<Vec<u8>>, chunk_sizes: &[usize]) -> Self {
        self.body = body.into();
        self.chunk_sizes = Some(chunk_sizes.to_vec());
        self.header("Transfer-Encoding", "chunked")
    }

    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(found, _)| found.eq_ignore_ascii_case(name))
    }

    /// The bytes on the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        match &self.chunk_sizes {
            None => bytes.extend_from_slice(&self.body),
            Some(sizes) => append_chunks(&mut bytes, &self.body, sizes),
        }
        bytes
    }
}

/// Percent-encodes all but letters, digits and the few that never need it.
fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._*".contains(&byte);
    text.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

fn append_chunks(bytes: &mut Vec<u8>, mut body: &[u8], sizes: &[usize]) {
    for size in sizes.iter().copied().chain([usize::MAX]) {
        let (chunk, rest) = body.split_at(size.min(body.len()));
        if !chunk.is_empty() {
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        body = rest;
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(request: &Request, expected: &str) {
        assert_eq!(String::from_utf8(request.to_bytes()).unwrap(), expected);
    }

    #[test]
    fn headers_keep_their_order_and_case_and_none_is_added() {
        let request = Request::new("POST", "/api/1/store/?a=b%20c")
            .header("x-B", "1")
            .header("A", "2")
            .header("x-B", "3");
        check(
            &request,
            "POST /api/1/store/?a=b%20c HTTP/1.1\r\nx-B: 1\r\nA: 2\r\nx-B: 3\r\n\r\n",
        );
    }

    #[test]
    fn a_body_comes_with_its_length() {
        check(
            &Request::new("PUT", "/").body("tocsin"),
            "PUT / HTTP/1.1\r\nContent-Length: 6\r\n\r\ntocsin",
        );
    }

    #[test]
    fn a_form_is_encoded() {
        let form = Request::new("POST", "/").form(&[("email", "a+b@example.com"), ("näme", "a b&c=d")]);
        assert_eq!(form.body, b"email=a%2Bb%40example.com&n%C3%A4me=a%20b%26c%3Dd");
    }

    #[test]
    fn a_chunked_body_has_the_given_chunks_and_one_with_the_rest() {
        check(
            &Request::new("PUT", "/").chunked("a long toll", &[1, 0, 6]),
            "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n6\r\n long \r\n4\r\ntoll\r\n0\r\n\r\n",
        );
        check(
            &Request::new("PUT", "/").chunked("toll", &[4, 20]),
            "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ntoll\r\n0\r\n\r\n",
        );
    }
}
