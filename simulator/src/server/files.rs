//! The folder of contents that are too large for memory.

use crate::{
    Host,
    content::{Body as Pieces, Piece},
};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use http::{HeaderValue, Response, header};
use names::Duration;
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
    time::interval,
};

/// Between removals of files that no object needs any more.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);
/// How much of a file is in memory at a time.
const BUFFER: u64 = 256 << 10;

/// The files of one folder, each with the content of an object or a part of it.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    next: AtomicU64,
    /// Files that are written for requests that are not handled yet.
    in_flight: Mutex<BTreeSet<String>>,
}

impl Files {
    /// Creates the folder if it does not exist.
    pub(super) fn open(folder: &Path) -> io::Result<Arc<Self>> {
        fs::create_dir_all(folder)?;
        let mut next = 0;
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name();
            let number = name
                .to_str()
                .and_then(|name| u64::from_str_radix(name, 16).ok());
            next = next.max(number.map_or(0, |number| number + 1));
        }
        Ok(Arc::new(Self {
            folder: folder.to_owned(),
            next: AtomicU64::new(next),
            in_flight: Mutex::default(),
        }))
    }

    /// Creates an empty file, which stays at least until its name is dropped.
    pub(super) async fn create(self: &Arc<Self>) -> io::Result<(InFlight, File)> {
        let name = format!("{:016x}", self.next.fetch_add(1, Ordering::Relaxed));
        let path = self.folder.join(&name);
        self.in_flight().insert(name.clone());
        let in_flight = InFlight {
            files: Arc::clone(self),
            name,
        };
        Ok((in_flight, File::create_new(path).await?))
    }

    fn in_flight(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the files that nothing needs, now and again until the host has
    /// gone. To be spawned.
    pub(super) async fn keep_clean(self: Arc<Self>, host: Weak<Host>) {
        let mut interval = interval(SWEEP_INTERVAL);
        loop {
            interval.tick().await;
            let Some(host) = host.upgrade() else { return };
            if let Err(error) = self.sweep(&host) {
                tracing::error!(%error, folder = %self.folder.display(), "cannot remove files");
            }
        }
    }

    fn sweep(&self, host: &Host) -> io::Result<()> {
        // In this order: a file that is created meanwhile is not listed.
        let listed: Vec<String> = fs::read_dir(&self.folder)?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        let in_flight = self.in_flight().clone();
        let used = host.with(|cloud, _| cloud.content_files());
        for name in listed {
            if !in_flight.contains(&name) && !used.contains(&name) {
                fs::remove_file(self.folder.join(name))?;
            }
        }
        Ok(())
    }

    /// The response whose body is in files, if it has such a body.
    pub(super) fn respond(self: Arc<Self>, response: Response<Body>) -> Response<Body> {
        let (mut head, body) = response.into_parts();
        let Some(Pieces(pieces)) = head.extensions.remove() else {
            return Response::from_parts(head, body);
        };
        let size: u64 = pieces.iter().map(Piece::size).sum();
        head.headers
            .insert(header::CONTENT_LENGTH, HeaderValue::from(size));
        let chunks = stream::iter(pieces).flat_map(move |piece| Arc::clone(&self).read(piece));
        Response::from_parts(head, Body::from_stream(chunks))
    }

    /// The bytes of a piece.
    fn read(self: Arc<Self>, piece: Piece) -> stream::BoxStream<'static, io::Result<Bytes>> {
        let (name, range) = match piece {
            Piece::Inline(bytes) => return stream::iter([Ok(bytes)]).boxed(),
            Piece::File { name, range } => (name, range),
        };
        let open = async move {
            let mut file = File::open(self.folder.join(name)).await?;
            file.seek(io::SeekFrom::Start(range.start)).await?;
            let rest = file.take(range.end - range.start);
            Ok(stream::try_unfold(rest, |mut rest| async move {
                let wanted = rest.limit().min(BUFFER);
                let mut chunk = BytesMut::with_capacity(usize::try_from(wanted).unwrap_or(0));
                if wanted == 0 {
                    return Ok(None);
                }
                match rest.read_buf(&mut chunk).await? {
                    0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
                    _ => Ok(Some((chunk.freeze(), rest))),
                }
            }))
        };
        stream::once(open)
            .flat_map(|opened| match opened {
                Ok(chunks) => chunks.boxed(),
                Err(error) => stream::iter([Err(error)]).boxed(),
            })
            .boxed()
    }
}

/// The name of a file that is not in the state yet.
#[derive(Debug)]
pub(super) struct InFlight {
    files: Arc<Files>,
    pub(super) name: String,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.files.in_flight().remove(&self.name);
    }
}
