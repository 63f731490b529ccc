package io.holdfast.upstream;

import io.holdfast.http.Bytes;
import io.holdfast.http.FieldLine;
import io.holdfast.upstream.ResponseHead.Content;
import java.util.List;

/** An answer that goes to its client as it comes. */
public final class ClientAnswer implements AnswerSink {
  private final ForwardClient client;
  private final int minorVersion;
  private final Forwarder loop;
  private final String proxyName;
  private final List<FieldLine> more;
  private boolean chunked;
  private boolean last;

  /**
   * @param minorVersion of the client: 0 knows neither chunks nor interim responses
   */
  ClientAnswer(ForwardClient client, int minorVersion, Forwarder loop, String proxyName) {
    this(client, minorVersion, loop, proxyName, List.of());
  }

  private ClientAnswer(
      ForwardClient client,
      int minorVersion,
      Forwarder loop,
      String proxyName,
      List<FieldLine> more) {
    this.client = client;
    this.minorVersion = minorVersion;
    this.loop = loop;
    this.proxyName = proxyName;
    this.more = more;
  }

  /** The same with these fields beside those of the service. */
  public ClientAnswer with(List<FieldLine> fields) {
    return new ClientAnswer(client, minorVersion, loop, proxyName, fields);
  }

  @Override
  public void interim(ResponseHead head) {
    if (minorVersion > 0) {
      client.write(loop.bytes(ResponseRendering.interim(head)));
    }
  }

  @Override
  public boolean head(ResponseHead head) {
    boolean unknownLength =
        head.content() instanceof Content.Chunked || head.content() instanceof Content.UntilClose;
    chunked = unknownLength && minorVersion > 0;
    client.answering(head.status());
    last = client.isLast() || unknownLength && minorVersion == 0;
    return client.write(
        loop.bytes(
            ResponseRendering.head(head.with(more), chunked, last, proxyName, client.now())));
  }

  @Override
  public boolean content(Bytes bytes) {
    return client.write(loop.content(bytes, chunked));
  }

  @Override
  public void complete() {
    if (chunked) {
      client.write(loop.lastChunk());
    }
    client.complete(last);
  }

  @Override
  public void broken() {
    client.broken();
  }

  @Override
  public void refuse(ForwardClient.Failure failure) {
    client.refuse(failure);
  }

  @Override
  public void resume() {
    client.resume();
  }
}
