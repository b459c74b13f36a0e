//! The text that `groundcrew local` prints once the cloud is up.

use crate::{local::Registration, out};
use std::io;

pub(super) fn print(registration: &Registration, resumed: bool) -> io::Result<()> {
    let resumed = if resumed { ", resumed" } else { "" };
    out::line(&format!(
        "local cloud at {}{resumed}\n\
         \x20 groundcrew job submit -- echo hello   runs a job\n\
         \x20 eval \"$(groundcrew local env)\"        points gcloud and client libraries at it\n\
         \x20 groundcrew local stop                 stops it",
        registration.url
    ))
}
