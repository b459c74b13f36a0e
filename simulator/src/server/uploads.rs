//! Receives the contents of uploads, of any size, before the cloud handles their
//! requests.

use super::files::{Files, InFlight};
use crate::{
    ApiError, Host,
    api::storage::{Multipart, boundary, xml},
    call::parse_query,
    content::{Piece, Received, Receiving},
    host::Origin,
};
use axum::{
    body::{Body, BodyDataStream},
    extract::Request,
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::{Method, Response, header, request::Parts};
use std::{io, sync::Arc};
use tokio::{fs::File, io::AsyncWriteExt};

/// A larger content goes into a file.
const INLINE: usize = 64 << 10;

/// How a request brings a content.
enum Form {
    /// The body is the content.
    Whole,
    /// The body also has metadata.
    Multipart(Multipart),
    /// The body follows on what a session has.
    Chunk(Receiving),
}

impl Form {
    fn of(request: &Parts, host: &Host) -> Option<Self> {
        let path = request.uri.path();
        let origin = request.extensions.get::<Origin>();
        let is_xml = origin.is_some_and(|Origin(origin)| xml::is_object(origin, path));
        if !is_xml && !path.contains("/upload/storage/") {
            return None;
        }
        let query = parse_query(request.uri.query().unwrap_or_default());
        let parameter = |name: &str| {
            let found = query.iter().find(|(key, _)| key == name);
            found.map_or("", |(_, value)| value)
        };
        let id = parameter("upload_id");
        match request.method {
            Method::PUT if is_xml && id.is_empty() => return Some(Self::Whole),
            Method::PUT => {
                return Some(Self::Chunk(host.with(|cloud, _| cloud.received_so_far(id))));
            }
            _ if is_xml => return None,
            _ => {}
        }
        match parameter("uploadType") {
            "media" => Some(Self::Whole),
            "multipart" => {
                let kind = request.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
                Some(Self::Multipart(Multipart::new(boundary(kind)?)))
            }
            _ => None,
        }
    }
}

/// What became of a request.
pub(super) enum Reception {
    /// Its content was received. The name of the file is to be kept until the
    /// request is handled.
    Upload(http::Request<Bytes>, Option<InFlight>),
    /// Its content could not be received.
    Refused(Response<Body>),
    /// It brings no content, and was not touched.
    None(Request),
}

/// Receives the content that a request brings.
pub(super) async fn receive(request: Request, host: &Host, files: &Arc<Files>) -> Reception {
    let (mut head, body) = request.into_parts();
    let Some(form) = Form::of(&head, host) else {
        return Reception::None(Request::from_parts(head, body));
    };
    let mut body = body.into_data_stream();
    let received = match form {
        Form::Whole => Spool::new(files, Receiving::default()).all(&mut body).await,
        Form::Chunk(session) => Spool::new(files, session).all(&mut body).await,
        Form::Multipart(multipart) => {
            Spool::new(files, Receiving::default())
                .part(multipart, &mut body)
                .await
        }
    };
    match received {
        Ok((metadata, received, in_flight)) => {
            head.extensions.insert(received);
            Reception::Upload(http::Request::from_parts(head, metadata), in_flight)
        }
        Err(error) => Reception::Refused(error.into_response("storage").map(Body::from)),
    }
}

/// Metadata, content, and the file that it is in.
type Spooled = (Bytes, Received, Option<InFlight>);

/// Receives a content, in memory while it is small.
struct Spool<'a> {
    files: &'a Arc<Files>,
    receiving: Receiving,
    before: u64,
    buffer: BytesMut,
    file: Option<(InFlight, File)>,
    written: u64,
}

impl<'a> Spool<'a> {
    fn new(files: &'a Arc<Files>, receiving: Receiving) -> Self {
        Self {
            files,
            before: receiving.size(),
            receiving,
            buffer: BytesMut::new(),
            file: None,
            written: 0,
        }
    }

    async fn all(mut self, body: &mut BodyDataStream) -> Result<Spooled, ApiError> {
        while let Some(bytes) = body.next().await {
            self.write(&bytes.map_err(interrupted)?).await?;
        }
        self.finish(Bytes::new(), None).await
    }

    async fn part(
        mut self,
        mut multipart: Multipart,
        body: &mut BodyDataStream,
    ) -> Result<Spooled, ApiError> {
        while let Some(bytes) = body.next().await {
            let content = multipart.push(&bytes.map_err(interrupted)?)?;
            self.write(&content).await?;
        }
        let head = multipart.finish()?;
        self.finish(head.metadata, head.kind).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), ApiError> {
        self.receiving.hash(bytes);
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() > INLINE {
            self.flush().await.map_err(unwritable)?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        let (_, file) = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(self.files.create().await?),
        };
        file.write_all(&self.buffer).await?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    async fn finish(mut self, metadata: Bytes, kind: Option<String>) -> Result<Spooled, ApiError> {
        if self.file.is_some() {
            self.flush().await.map_err(unwritable)?;
        }
        let in_flight = match self.file.take() {
            None => {
                self.receiving.add(Piece::Inline(self.buffer.freeze()));
                None
            }
            Some((in_flight, mut file)) => {
                file.flush().await.map_err(unwritable)?;
                self.receiving.add(Piece::File {
                    name: in_flight.name.clone(),
                    range: 0..self.written,
                });
                Some(in_flight)
            }
        };
        let received = Received {
            content: self.receiving,
            before: self.before,
            kind,
        };
        Ok((metadata, received, in_flight))
    }
}

fn interrupted(error: axum::Error) -> ApiError {
    ApiError::invalid(format!("The request body ended early: {error}"))
}

fn unwritable(error: io::Error) -> ApiError {
    ApiError::unavailable(format!("The local cloud cannot write the content: {error}"))
}
