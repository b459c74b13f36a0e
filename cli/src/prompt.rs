//! Questions to the person at the terminal.

use crate::out;
use anyhow::{Result, bail};
use std::io;

/// Asks for `name` on standard input, after saying on standard error what is
/// about to be deleted.
///
/// # Errors
/// Another text was entered, or standard input cannot be read.
pub(crate) fn confirm_deletion(warning: &str, name: &str) -> Result<()> {
    out::note!("{warning}: enter {name} to continue");
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    let answer = answer.trim();
    if answer != name {
        bail!("nothing was deleted: {answer:?} is not {name} (use --yes to skip the question)");
    }
    Ok(())
}
