use std::{
    future::Future,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
};

use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::exchange::{HttpError, Trust};
use crate::Guard;

/// Addresses of one name that are tried, one after the other.
const MOST_ADDRESSES: usize = 4;

pub type Resolving<'a> = Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, String>> + Send + 'a>>;

/// Finds the addresses of a name.
pub trait Resolve: std::fmt::Debug + Send + Sync {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

/// As the machine does it.
#[derive(Debug, Clone, Copy)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await;
            let found = found.map_err(|error| error.to_string())?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Where the connections of a client come from.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    pub(super) guard: Arc<Guard>,
    pub(super) resolver: Arc<dyn Resolve>,
    pub(super) tls: Arc<ClientConfig>,
}

impl Connector {
    /// Connects to the host of an address. What is looked at is the address that is connected to: a name that changes its
    /// address between looking and connecting changes nothing.
    pub(super) async fn connect(&self, url: &Url, trust: Trust) -> Result<Box<dyn Stream>, HttpError> {
        let (host, addresses) = self.find(url).await?;
        let port = url.port_or_known_default().unwrap_or(80);
        let mut last = HttpError::Resolve {
            host: host.clone(),
            reason: "it has none".to_owned(),
        };
        for address in addresses.into_iter().take(MOST_ADDRESSES) {
            if trust == Trust::Tenant && !self.guard.allows(&host, address) {
                last = HttpError::Private {
                    host: host.clone(),
                    address,
                };
                continue;
            }
            match TcpStream::connect(SocketAddr::new(address, port)).await {
                Ok(stream) => return self.secure(url, &host, stream).await,
                Err(error) => last = HttpError::Connect(error.to_string()),
            }
        }
        Err(last)
    }

    async fn find(&self, url: &Url) -> Result<(String, Vec<IpAddr>), HttpError> {
        match url.host() {
            Some(Host::Ipv4(address)) => Ok((address.to_string(), vec![address.into()])),
            Some(Host::Ipv6(address)) => Ok((address.to_string(), vec![address.into()])),
            Some(Host::Domain(host)) => {
                let found = self.resolver.resolve(host).await;
                let addresses = found.map_err(|reason| HttpError::Resolve {
                    host: host.to_owned(),
                    reason,
                })?;
                Ok((host.to_owned(), addresses))
            }
            None => Err(HttpError::Address("there is no host".to_owned())),
        }
    }

    async fn secure(&self, url: &Url, host: &str, stream: TcpStream) -> Result<Box<dyn Stream>, HttpError> {
        // Small requests, each written whole.
        stream
            .set_nodelay(true)
            .map_err(|error| HttpError::Connect(error.to_string()))?;
        if url.scheme() != "https" {
            return Ok(Box::new(stream));
        }
        let wrong = |error: &dyn std::fmt::Display| HttpError::Tls(error.to_string());
        let name = ServerName::try_from(host.to_owned()).map_err(|error| wrong(&error))?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = connector.connect(name, stream).await;
        Ok(Box::new(stream.map_err(|error| wrong(&error))?))
    }
}
