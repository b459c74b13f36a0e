//! The commands by which a machine's guest shuts it down. They do so to the
//! machine, and not to the computer that it runs on.

use rustix::process::Pid;
use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

const COMMANDS: [&str; 4] = ["halt", "poweroff", "reboot", "shutdown"];

/// The file in a machine's memory that says that it shuts down.
pub(super) const SHUTDOWN_MARKER: &str = "shutdown";

/// The file in a machine's memory with the process ID of its agent.
const AGENT: &str = "agent.pid";

/// Creates the commands in `folder`, which is returned. As systemd does, they
/// send SIGTERM to the agent, after whose end the machine is off.
pub(super) fn create_commands(folder: &Path, memory: &Path) -> io::Result<PathBuf> {
    let (agent, marker) = (memory.join(AGENT), memory.join(SHUTDOWN_MARKER));
    let script = format!(
        "#!/bin/sh\nuntil [ -s '{agent}' ]; do sleep 0.05; done\n\
         : >'{marker}'\nkill -TERM \"$(cat '{agent}')\"\n",
        agent = agent.display(),
        marker = marker.display(),
    );
    fs::create_dir_all(folder)?;
    for command in COMMANDS {
        let path = folder.join(command);
        fs::write(&path, &script)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(folder.to_owned())
}

/// Tells the commands which process the agent is.
pub(super) fn set_agent(memory: &Path, agent: Pid) -> io::Result<()> {
    fs::write(memory.join(AGENT), agent.as_raw_nonzero().to_string())
}
