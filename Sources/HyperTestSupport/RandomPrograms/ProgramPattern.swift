/// What a schedule treats apart and random programs must therefore have: how ops meet, beyond the ops themselves.
public enum ProgramPattern: String, Hashable, Sendable, CaseIterable {
    // MARK: Optimisers
    /// A gradient of Adam is a product of two operands that nothing else uses.
    case gradientIsProduct
    /// Two parameters of one step have the same gradient.
    case gradientIsShared
    /// A gradient is a variable as it was read.
    case gradientIsRead
    /// A gradient is a part or another view of what was read.
    case gradientIsView
    /// A gradient is a product that an output or another op uses too.
    case gradientIsUsedElsewhere
    /// A gradient is a product of a variable that the step, or a soft update behind it, changes.
    case gradientOfOwnArenas
    /// A gradient is a product of a variable that changes before the step.
    case gradientOfEarlierValue
    /// Scales that are no inputs.
    case scaleIsRead, scaleIsComputed
    /// Targets follow parameters that a step of this program has changed.
    case softUpdateBehindStep
    /// Targets follow variables that no step has changed.
    case softUpdateFromOthers
    /// A target is read, and used, before it moves and behind.
    case targetReadBefore, targetReadBehind

    // MARK: Assignments
    case assignOfOwnView, assignOfOtherVariable, assignOfElementwise, assignOfRead, assignOfProduct
    /// Rows of a table are written to the same table.
    case assignRowsFromOwnTable

    // MARK: Reads
    /// A variable is read, changes, and what was read is used after that; by the way in which it is seen.
    case keptWhole, keptSlice, keptJoined, keptBroadcast, keptTranspose, keptReshape
    /// An output is a variable, or a view of it, from before its change.
    case keptOutput
    /// A variable is read after this program has changed it; by the way in which it is seen.
    case laterWhole, laterSlice, laterJoined, laterBroadcast, laterTranspose, laterReshape
    /// Equal ops on equal views of a variable, before it changes and behind.
    case sameUseAcrossChange

    // MARK: Products
    /// One part of a product is used; two parts are.
    case slicedProduct, productSlicedTwice
    /// Several ops use one product.
    case sharedProduct
    /// Of rank 3 or 4, from two operands that are no leaves.
    case batchedProduct
    case productWithOneTerm, productWithOneRow, productWithOneColumn
    case productOfBothTransposed
    case productOfRelu
    /// Elementwise ops alone use a product.
    case productWithEpilogue
    /// An operand is repeated along an axis.
    case productOfBroadcast

    // MARK: Movement and reductions
    case sumOfPads
    /// A concatenation has a part twice; all parts repeat along an axis.
    case repeatedPart, broadcastParts
    /// Neighbouring slices of one value are joined again.
    case joinedNeighbours
    case reductionOverSeveralAxes

    // MARK: Outputs
    case outputIsRead, outputIsView, outputIsInput, outputIsTwice, outputIsInteger
    /// An output is a gradient, or a gradient of a gradient.
    case firstOrderGradient, secondOrderGradient
}
