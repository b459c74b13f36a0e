//! Names that a caller confuses, to simulate a bug in how it names or compares things.

use bytes::Bytes;
use gcp::{BoxFuture, SendError, Transport};
use http::{Request, Response};
use std::sync::Arc;

/// Whose requests and responses are translated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Translated {
    /// Those of the neighbour's processes.
    Neighbour,
    /// Those of the owner who sets up the customer's project.
    Customer,
}

/// Texts that one caller sends, or sees, instead of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// The caller.
    pub who: Translated,
    /// What is replaced in its requests, and by what.
    pub requests: Vec<(String, String)>,
    /// What is replaced in the responses to it, and by what.
    pub responses: Vec<(String, String)>,
}

fn replaced(text: &str, by: &[(String, String)]) -> String {
    by.iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

impl Translation {
    fn request(&self, mut request: Request<Bytes>) -> Request<Bytes> {
        let uri = replaced(&request.uri().to_string(), &self.requests);
        *request.uri_mut() = uri.parse().expect("still a URI");
        // What is uploaded has a checksum.
        if !request.uri().path().starts_with("/upload/") {
            let body = String::from_utf8_lossy(request.body());
            *request.body_mut() = replaced(&body, &self.requests).into();
        }
        request
    }

    fn response(&self, mut response: Response<Bytes>) -> Response<Bytes> {
        if !response.headers().contains_key("x-goog-hash") {
            let body = String::from_utf8_lossy(response.body());
            *response.body_mut() = replaced(&body, &self.responses).into();
        }
        response
    }
}

/// A transport whose caller is subject to a translation.
pub struct TranslatingTransport {
    /// The transport itself.
    pub transport: Arc<dyn Transport>,
    /// What is translated.
    pub translation: Translation,
}

impl TranslatingTransport {
    /// The transport of `who`, with the translation if it is about it.
    #[must_use]
    pub fn of(
        transport: Arc<dyn Transport>,
        translation: Option<&Translation>,
        who: Translated,
    ) -> Arc<dyn Transport> {
        match translation.filter(|translation| translation.who == who) {
            Some(translation) => Arc::new(Self {
                transport,
                translation: translation.clone(),
            }),
            None => transport,
        }
    }
}

impl Transport for TranslatingTransport {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        Box::pin(async move {
            let request = self.translation.request(request);
            let response = self.transport.send(request).await?;
            Ok(self.translation.response(response))
        })
    }
}
