package io.holdfast.edge;

import io.holdfast.edge.Responses.Fields;
import io.holdfast.http.MediaType;
import io.holdfast.http.ProblemType;
import io.holdfast.resource.ChangeFeed;
import io.holdfast.resource.Copies;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.resource.Listing;
import io.holdfast.resource.Standing;
import io.holdfast.resource.VouchedCopies;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** Requests for one collection: which method goes where, for the collection and its documents. */
final class DocumentHandler {
  static final String ALLOW_DOCUMENT = "GET, HEAD, PUT, PATCH, DELETE, OPTIONS";
  static final String ALLOW_COLLECTION = "GET, HEAD, POST, OPTIONS";

  private final DocumentReads reads;
  private final DocumentWrites writes;
  private final CollectionPages pages;
  private final CollectionStream stream;
  private final BodyReader bodies;

  /**
   * What a handler needs of its node.
   *
   * @param carry gives an exchange to the courier of a document
   * @param reach what is known to stand between this node and owners, whatever the document; {@link
   *     Standing#CURRENT}: nothing
   * @param clock the same for all nodes
   * @param nextKey makes a request key that no other request of the cluster has
   * @param accepting what accepts writes to be carried out later, if anything does
   */
  record Surroundings(
      BiConsumer<String, Courier.Carry> carry,
      Copies copies,
      VouchedCopies vouched,
      Listing listing,
      ChangeFeed feed,
      BodyReader bodies,
      ContentBudget budget,
      Watching watching,
      Supplier<Standing> reach,
      InstantSource clock,
      Supplier<String> nextKey,
      Optional<Accepting> accepting,
      Consumer<Standing> marked) {
    /** Why no owner can be asked at all; empty: one can. */
    Optional<Standing> obstacle() {
      return Optional.of(reach.get()).filter(it -> it != Standing.CURRENT);
    }

    Standing reasonOfSilence() {
      return obstacle().orElse(Standing.OWNER_MOVING);
    }
  }

  DocumentHandler(DocumentsSettings settings, Surroundings surroundings) {
    this.reads = new DocumentReads(settings, surroundings);
    this.writes = new DocumentWrites(settings, surroundings);
    this.pages = new CollectionPages(settings, surroundings);
    this.stream = new CollectionStream(settings, surroundings);
    this.bodies = surroundings.bodies();
  }

  CompletionStage<HttpResponse> handle(Target target) {
    return target.id().isEmpty() ? collection(target) : document(target);
  }

  private CompletionStage<HttpResponse> document(Target target) {
    return switch (target.request().method().value()) {
      case "GET", "HEAD" -> wellFormed(target, reads::read);
      case "PUT" -> wellFormed(target, writes::put);
      case "PATCH" -> wellFormed(target, writes::patch);
      case "DELETE" -> wellFormed(target, writes::delete);
      case "OPTIONS" ->
          options(
              target,
              new Fields().with("Allow", ALLOW_DOCUMENT).with("Accept-Patch", PatchType.ACCEPTED));
      case "POST", "QUERY" -> notAllowed(target, "A document", ALLOW_DOCUMENT);
      default -> unknownMethod(target);
    };
  }

  private CompletionStage<HttpResponse> collection(Target target) {
    return switch (target.request().method().value()) {
      case "GET", "HEAD" -> wellFormed(target, wantsStream(target) ? stream::watch : pages::page);
      case "POST" -> wellFormed(target, writes::create);
      case "OPTIONS" ->
          options(
              target,
              new Fields().with("Allow", ALLOW_COLLECTION).with("Accept-Post", "application/json"));
      case "PUT", "PATCH", "DELETE", "QUERY" ->
          notAllowed(target, "A collection", ALLOW_COLLECTION);
      default -> unknownMethod(target);
    };
  }

  /**
   * What is malformed is never passed over, also at a collection, to which preconditions do not
   * apply; and it is refused before any content is asked for.
   */
  private static CompletionStage<HttpResponse> wellFormed(
      Target target, Function<Target, CompletionStage<HttpResponse>> then) {
    return Answers.conditions(target)
        .fault()
        .map(fault -> Answers.refuse(target, ProblemType.BAD_REQUEST, fault))
        .orElseGet(() -> then.apply(target));
  }

  private static boolean wantsStream(Target target) {
    return MediaType.prefers(target.field("Accept"), CollectionStream.TYPE);
  }

  private CompletionStage<HttpResponse> options(Target target, Fields fields) {
    target.request().discardEntityBytes(bodies.materializer());
    return Answers.now(Responses.empty(204, fields.list()));
  }

  private static CompletionStage<HttpResponse> notAllowed(
      Target target, String what, String allow) {
    return Answers.now(
        Responses.problem(ProblemType.METHOD_NOT_ALLOWED, what + " takes " + allow, target.path())
            .addHeader(Fields.field("Allow", allow)));
  }

  private static CompletionStage<HttpResponse> unknownMethod(Target target) {
    return Answers.refuse(target, ProblemType.NOT_IMPLEMENTED, "This server knows no such method");
  }
}
