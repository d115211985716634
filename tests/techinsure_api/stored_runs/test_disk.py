"""Files that are whole or not there, and a lock that ends with its holder."""

import stat
import threading

import pytest

from techinsure_api.stored_runs import disk


def test_a_lock_lets_one_in_at_a_time(tmp_path):
    inside, most, turns = 0, 0, 40
    guard = threading.Lock()

    def enter():
        nonlocal inside, most
        for _ in range(turns):
            with disk.locked(tmp_path):
                with guard:
                    inside += 1
                    most = max(most, inside)
                with guard:
                    inside -= 1

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_a_lock_is_given_back_after_a_failure(tmp_path):
    with pytest.raises(RuntimeError), disk.locked(tmp_path):
        raise RuntimeError
    with disk.locked(tmp_path):
        pass


def test_nothing_is_written_over(tmp_path):
    disk.write(tmp_path / "a", b"one")
    with pytest.raises(FileExistsError):
        disk.write(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"one"
    disk.keep(tmp_path)


def test_a_folder_is_for_this_user_only(tmp_path):
    made = disk.private(tmp_path / "deep" / "down")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert disk.private(made) == made


def test_the_size_of_a_folder(tmp_path):
    disk.write(tmp_path / "a", b"12345")
    disk.write(tmp_path / "b", b"123")
    assert disk.size(tmp_path) == 8
