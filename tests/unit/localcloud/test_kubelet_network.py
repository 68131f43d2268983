"""Addresses are nobody else's, and a balancer hands out connections in turn without losing any."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from localcloud.kubelet.addresses import HOSTS, Addresses, NoAddressError
from localcloud.kubelet.balancer import Address, Balancer

HOST = "127.0.0.1"


def test_two_nodes_on_one_machine_never_share_an_address() -> None:
    with Addresses() as one, Addresses() as other:
        first, second = ({node.take() for _ in range(len(HOSTS) + 1)} for node in (one, other))
    assert first.isdisjoint(second)
    assert len(first) == len(second) == len(HOSTS) + 1
    assert all(address.startswith("127.0.") and not address.startswith("127.0.0.") for address in first)


def test_a_subnet_is_taken_until_its_holder_ends() -> None:
    only = [255]
    with Addresses(only) as other:
        with Addresses(only) as one:
            assert one.take() == "127.0.255.1"
            with pytest.raises(NoAddressError, match="end some of them"):
                other.take()
        assert other.take() == "127.0.255.1"


def test_an_address_that_was_given_back_comes_last() -> None:
    with Addresses() as addresses:
        address = addresses.take()
        addresses.give_back(address)
        following = [addresses.take() for _ in range(len(HOSTS))]
    assert following.index(address) == len(HOSTS) - 1


@asynccontextmanager
async def backend(name: str) -> AsyncIterator[Address]:
    """Serve a name and then whatever is sent, until the end of what is sent."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(name.encode())
        while chunk := await reader.read(100):
            writer.write(chunk)
        writer.close()

    server = await asyncio.start_server(answer, HOST, 0)
    async with server:
        yield server.sockets[0].getsockname()[:2]


@asynccontextmanager
async def balancer(backends: Callable[[], list[Address]], port: int = 0) -> AsyncIterator[Balancer]:
    running = Balancer(HOST, port, backends)
    await running.open()
    try:
        yield running
    finally:
        await running.close()


async def connect(running: Balancer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(running.host, running.port)


async def name_of(running: Balancer) -> str:
    """Connect, read the backend's name and end."""
    reader, writer = await connect(running)
    writer.write_eof()
    said = (await reader.read()).decode()
    writer.close()
    return said


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(10):
            await work()

    asyncio.run(bounded())


def test_new_connections_go_to_the_backends_in_turn() -> None:
    async def work() -> None:
        async with backend("a") as a, backend("b") as b, balancer(lambda: [a, b]) as running:
            assert sorted([await name_of(running) for _ in range(4)]) == ["a", "a", "b", "b"]

    run(work)


def test_an_open_connection_goes_on_when_its_backend_gets_no_more() -> None:
    async def work() -> None:
        async with backend("a") as a, backend("b") as b:
            chosen = [a]
            async with balancer(lambda: chosen) as running:
                reader, writer = await connect(running)
                assert await reader.read(1) == b"a"
                chosen[:] = [b]
                assert await name_of(running) == "b"
                writer.write(b"still there")
                writer.write_eof()
                assert await reader.read() == b"still there"
                writer.close()

    run(work)


def test_a_backend_that_refuses_is_passed_over() -> None:
    async def work() -> None:
        async with backend("a") as dead:
            pass
        async with backend("b") as b, balancer(lambda: [dead, b]) as running:
            assert [await name_of(running) for _ in range(3)] == ["b"] * 3

    run(work)


def test_a_backend_that_refuses_is_passed_over_by_many_at_once() -> None:
    async def work() -> None:
        async with backend("a") as dead:
            pass
        async with backend("b") as b, balancer(lambda: [dead, b]) as running:
            for count in (30, 31):
                assert await asyncio.gather(*(name_of(running) for _ in range(count))) == ["b"] * count

    run(work)


def test_without_a_backend_a_connection_is_cut_at_once() -> None:
    async def work() -> None:
        async with balancer(list) as running:
            reader, writer = await connect(running)
            with pytest.raises(ConnectionResetError):
                await reader.read()
            writer.close()

    run(work)


def test_a_port_that_may_not_be_had_becomes_another_one() -> None:
    async def work() -> None:
        async with backend("a") as taken, balancer(lambda: [taken], port=taken[1]) as running:
            assert running.port != taken[1]
            assert await name_of(running) == "a"

    run(work)


def test_closing_cuts_what_is_open() -> None:
    async def work() -> None:
        async with backend("a") as a:
            async with balancer(lambda: [a]) as running:
                reader, writer = await connect(running)
                assert await reader.read(1) == b"a"
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
            writer.close()

    run(work)
